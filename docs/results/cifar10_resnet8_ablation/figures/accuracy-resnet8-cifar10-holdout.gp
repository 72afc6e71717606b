# Draws accuracy-resnet8-cifar10-holdout.svg; run: gnuplot accuracy-resnet8-cifar10-holdout.gp
if (!exists('out')) out = 'accuracy-resnet8-cifar10-holdout.svg'
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
set label 'cifar10-resnet8-ablation: accuracy against achieved BitOPs' at screen 0.015, screen 0.9625 left font ',15'
set label 'resnet8 on cifar10, split holdout: 2,500 images; bars: 95 % intervals; rows of one budget stand side by side' at screen 0.015, screen 0.9187 left font ',12' tc rgb '#505050'
set xlabel 'achieved GBitOPs per image (ends_8x8)'
set ylabel 'top-1 accuracy (%)'
set key outside right top Left reverse samplen 2 spacing 1.2
set xrange [0.120538:0.224394]
set yrange [76.045:86.482]
set object rectangle from graph 0, first 83.0907 to graph 1, first 85.9233 fc rgb '#eeeeee' fs solid noborder behind
$row0 << EOD
0.132021 81.1200 76.6046 85.6354
0.212630 82.7333 81.0076 84.4591
EOD
$seeds0 << EOD
0.132021 79.1200
0.132021 82.0000
0.132021 82.2400
0.212630 82.2400
0.212630 82.8800
0.212630 83.0800
EOD
$row1 << EOD
0.131590 81.4133 79.9877 82.8390
0.210234 83.1733 81.4880 84.8586
EOD
$seeds1 << EOD
0.131590 81.2000
0.131590 81.5200
0.131590 81.5200
0.210234 83.4000
0.210234 82.6800
0.210234 83.4400
EOD
$row2 << EOD
0.131160 80.5733 79.0405 82.1062
0.214128 82.7467 80.6135 84.8798
EOD
$seeds2 << EOD
0.131160 80.8000
0.131160 80.2400
0.131160 80.6800
0.214128 83.4800
0.214128 82.1600
0.214128 82.6000
EOD
$row3 << EOD
0.135448 81.5333 79.1475 83.9192
0.215664 82.4533 81.0390 83.8677
EOD
$seeds3 << EOD
0.135448 80.7600
0.135448 82.3600
0.135448 81.4800
0.215664 82.5200
0.215664 82.2400
0.215664 82.6000
EOD
plot 84.5600 with lines lc rgb '#555555' lw 1.5 dt 2 title 'Float 84.56 %', \
     $row0 using 1:2 with lines lt 1 lw 0.8 dt 3 notitle, \
     $row0 using 1:2:3:4 with yerrorbars lt 1 lw 1.5 title 'all parts', \
     $row1 using 1:2 with lines lt 2 lw 0.8 dt 3 notitle, \
     $row1 using 1:2:3:4 with yerrorbars lt 2 lw 1.5 title 'scheduler off', \
     $row2 using 1:2 with lines lt 3 lw 0.8 dt 3 notitle, \
     $row2 using 1:2:3:4 with yerrorbars lt 3 lw 1.5 title 'mitigation off', \
     $row3 using 1:2 with lines lt 4 lw 0.8 dt 3 notitle, \
     $row3 using 1:2:3:4 with yerrorbars lt 4 lw 1.5 title 'all off', \
     $seeds0 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' title 'each seed', \
     $seeds1 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle, \
     $seeds2 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle, \
     $seeds3 using 1:2 with points pt 6 ps 0.5 lw 1 lc rgb '#202020' notitle
