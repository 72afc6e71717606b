# Draws accuracy-mobilenet_v2-cifar10-test.svg; run: gnuplot accuracy-mobilenet_v2-cifar10-test.gp
if (!exists('out')) out = 'accuracy-mobilenet_v2-cifar10-test.svg'
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
set label 'cifar10-mobilenet-v2: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'mobilenet_v2 on cifar10, split test: 10,000 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.469287:0.469360]
set yrange [76.537:81.688]
set object rectangle from graph 0, first 79.8640 to graph 1, first 81.4124 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.469352 80.2800 79.4886 81.0481
EOD
$seeds0 << EOD
EOD
$row1 << EOD
0.469294 77.6400 76.8128 78.4459
EOD
$seeds1 << EOD
EOD
plot 80.6500 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 80.65 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'LSQ', \
     $row1 using 1:2 with lines lt 2 lw 0.8 dt 3 notitle, \
     $row1 using 1:2:3:4 with yerrorbars lt 2 lw 1.5 title 'RFQuant'
