# Draws accuracy-resnet20-cifar100-holdout.svg; run: gnuplot accuracy-resnet20-cifar100-holdout.gp
if (!exists('out')) out = 'accuracy-resnet20-cifar100-holdout.svg'
set encoding utf8
set terminal svg size 852,480 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'cifar100-resnet20: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet20 on cifar100, split holdout: 2,500 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.349397:0.704848]
set yrange [56.740:64.204]
set object rectangle from graph 0, first 59.9996 to graph 1, first 63.8038 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.383828 60.3200 58.3878 62.2205
0.664585 61.0400 59.1129 62.9333
EOD
$seeds0 << EOD
EOD
$row1 << EOD
0.385379 59.9600 58.0254 61.8640
0.666135 61.7600 59.8384 63.6456
EOD
$seeds1 << EOD
EOD
$row2 << EOD
0.391648 59.0800 57.1401 60.9920
0.672405 60.7200 58.7906 62.6165
EOD
$seeds2 << EOD
EOD
$row3 << EOD
0.389660 60.1600 58.2267 62.0621
0.676315 61.6800 59.7577 63.5664
EOD
$seeds3 << EOD
EOD
plot 61.9200 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 61.92 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'LSQ', \
     $row1 using 1:2 with lines lt 2 lw 0.8 dt 3 notitle, \
     $row1 using 1:2:3:4 with yerrorbars lt 2 lw 1.5 title 'HAWQ', \
     $row2 using 1:2 with lines lt 3 lw 0.8 dt 3 notitle, \
     $row2 using 1:2:3:4 with yerrorbars lt 3 lw 1.5 title 'Random', \
     $row3 using 1:2 with lines lt 4 lw 0.8 dt 3 notitle, \
     $row3 using 1:2:3:4 with yerrorbars lt 4 lw 1.5 title 'RFQuant'
